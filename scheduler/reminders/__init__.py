"""From planned doses to messages sent: policy (pure), planner, dispatcher, daemon, channels.

A reminder is a row before it is a message. The planner makes the rows match the plans; the dispatcher
leases a row, records that it is about to send, sends, and records what came of it.
"""
