"""One driver per ACME client of Debian 12, all with the same three verbs: issue, renew, revoke."""
from .acme_tiny import AcmeTiny
from .certbot import Certbot
from .dehydrated import Dehydrated
from .lego import Lego
from .uacme import Uacme

ALL = (Certbot, Lego, Uacme, Dehydrated, AcmeTiny)
