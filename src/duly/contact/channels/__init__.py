"""Channels: the ways by which something written leaves, one file each. Calls and visits are made by people."""

from collections.abc import Mapping
from types import MappingProxyType

from duly.contact.channels.app import App
from duly.contact.channels.email import Email
from duly.contact.channels.letter import Letter
from duly.contact.channels.port import AddressError as AddressError
from duly.contact.channels.port import Channel
from duly.contact.channels.sms import Sms

CHANNELS: Mapping[str, Channel] = MappingProxyType({"email": Email(), "sms": Sms(), "letter": Letter(), "app": App()})
