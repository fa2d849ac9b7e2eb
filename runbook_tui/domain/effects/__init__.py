"""Side effects: the ledger of what steps leave behind, what takes it back, what is left over.

An effect is intended before anything acts, and is there or not there only once somebody looked. A
way back is planned from what happened, never from what was planned.
"""
