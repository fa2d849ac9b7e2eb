"""Time: the plan's length, the window, the buffer, the forecast, the latest safe rollback.

Everything here is arithmetic on plain figures in seconds; when "now" is comes in as an argument.
"""
