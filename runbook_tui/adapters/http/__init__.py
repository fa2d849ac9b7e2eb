"""What requests to other people's servers have in common, whatever they are for.

Only this room and the channels know `requests`. It is imported in processes of their own, because
it is slow to load and a server can hang it.
"""
