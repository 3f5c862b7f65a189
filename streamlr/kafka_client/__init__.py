"""What source and sinks share of Kafka: one connection in two clients, errors in words.

``connection.py`` says how a table reaches a cluster, ``security.py`` with which encryption and
login, ``troubles.py`` turns what went wrong into one message that names the key. ``cluster.py``
is what is asked of a cluster, and ``librdkafka.py`` and ``kafka_python.py`` ask it, each with its
own client; nothing of a client is imported before it is chosen.
"""
