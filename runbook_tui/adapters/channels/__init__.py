"""Where messages go: the channels of the configuration, one attempt at a time.

`config` reads them, `carrier.Channels` hands a message over; what is done for that is done in a
process of its own, whose program is `deliver`. Nothing is imported here: the configuration is
read before the first paint, and the process wants none of asyncio.
"""
