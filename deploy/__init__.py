"""How streamlr is run, watched and alerted on; README.md lists what is here."""
