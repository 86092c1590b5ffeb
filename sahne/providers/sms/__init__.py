"""Short messages, handed over as letters are: each way is a `Mailer` of `providers/mail`.

One that was sent and not answered may have arrived, and costs money: it is given up and not sent again.
"""
