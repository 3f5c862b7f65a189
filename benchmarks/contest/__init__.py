"""Who predicts best: streams, policies, their scores, and what came of it; used by ``learning``.

A policy is a way to choose learning rates, or a whole other learner. Every policy is scored the
same way: it predicts each row in order, is scored, then learns it; one pass.
"""
