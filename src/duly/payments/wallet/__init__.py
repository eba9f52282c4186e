"""The wallet (the protocol of Alipay): signed requests to it, its signed messages to us, and one for demonstrations."""
