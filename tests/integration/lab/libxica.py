"""libxica.so as a server has it loaded: its structs and callbacks by ctypes, as xica.h has them."""
import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_int64, c_size_t, c_void_p, cast

from .paths import BUILD

XMPP_01, HTTP_01, DNS_01 = 1, 2, 3
DONE, ARGUMENT, INPUT, CA, REFUSED, SHOW, TIME, CANCELLED = 0, -2, -3, -7, -8, -9, -10, -11


class Challenge(Structure):
    _fields_ = [("proof", c_int), *((name, c_char_p) for name in ("identifier", "domain", "where", "value", "token", "key_authorization"))]


_SHOW = CFUNCTYPE(c_int, POINTER(Challenge), c_void_p)
_HIDE = CFUNCTYPE(None, POINTER(Challenge), c_void_p)
_AGREE = CFUNCTYPE(c_int, c_char_p, c_void_p)
_CANCELLED = CFUNCTYPE(c_int, c_void_p)
_PROGRESS = CFUNCTYPE(None, c_char_p, c_void_p)


class Order(Structure):
    _fields_ = [("size", c_size_t), *((name, c_char_p) for name in ("directory_url", "roots_pem", "account_key_pem", "email", "eab_kid", "eab_key")),
                ("names", POINTER(c_char_p)), ("name_count", c_size_t), *((name, c_char_p) for name in ("profile", "chain", "key_pem", "replaces_pem")),
                ("proof", c_int), ("context", c_void_p), ("show", _SHOW), ("hide", _HIDE), ("agree", _AGREE), ("cancelled", _CANCELLED),
                ("progress", _PROGRESS)]


class _Certificate(Structure):
    _fields_ = [("chain_pem", c_char_p), ("key_pem", c_char_p), ("not_before", c_int64), ("not_after", c_int64), ("account_url", c_char_p)]


class _Trouble(Structure):
    _fields_ = [("text", c_char_p), ("problem", c_char_p), ("type", c_char_p), ("retry_after", c_int64)]


class _Renewal(Structure):
    _fields_ = [("at", c_int64), ("ask_again", c_int64), ("explanation_url", c_char_p)]


_lib = ctypes.CDLL(str(BUILD / "src" / "libxica.so.0"))
for _name in ("xica_free", "xica_certificate_free", "xica_trouble_free", "xica_renewal_free"):
    getattr(_lib, _name).argtypes = [c_void_p]
    getattr(_lib, _name).restype = None


class Got:
    """What xica_get answered: `result`, and on success chain_pem, key_pem, account_url …; else text, problem, type."""


def _copy(found, kind, into):
    for name, _ in kind._fields_:
        value = getattr(found.contents, name)
        setattr(into, name, value.decode() if isinstance(value, bytes) else value)


def make_key():
    pem = c_void_p()
    assert _lib.xica_key_make(byref(pem)) == DONE
    text = cast(pem, c_char_p).value
    _lib.xica_free(pem)
    return text


def order(directory_url, names, *, show=None, hide=None, agree=True, cancelled=None, progress=None, **texts):
    """A struct xica_order; `show` and `hide` get a Challenge. Strings are str or bytes."""
    made = Order(size=ctypes.sizeof(Order), directory_url=directory_url.encode(), name_count=len(names), proof=texts.pop("proof", XMPP_01))
    made.names = (c_char_p * len(names))(*(name.encode() for name in names))
    made.show = _SHOW(lambda challenge, _: int((show or (lambda __: 0))(challenge.contents) or 0))
    if hide:
        made.hide = _HIDE(lambda challenge, _: hide(challenge.contents))
    if agree:
        made.agree = _AGREE(lambda url, _: 1)
    if cancelled:
        made.cancelled = _CANCELLED(lambda _: int(cancelled()))
    if progress:
        made.progress = _PROGRESS(lambda line, _: progress(line.decode()))
    for name, text in texts.items():
        setattr(made, name, text.encode() if isinstance(text, str) else text)
    return made


def get(made):
    certificate, trouble, got = POINTER(_Certificate)(), POINTER(_Trouble)(), Got()
    got.result = _lib.xica_get(byref(made), byref(certificate), byref(trouble))
    assert bool(certificate) is (got.result == DONE)
    if certificate:
        _copy(certificate, _Certificate, got)
        _lib.xica_certificate_free(certificate)
    if trouble:
        _copy(trouble, _Trouble, got)
        _lib.xica_trouble_free(trouble)
    return got


def renewal(made, chain_pem):
    found, got = POINTER(_Renewal)(), Got()
    got.result = _lib.xica_renewal(byref(made) if made else None, chain_pem.encode(), byref(found))
    if found:
        _copy(found, _Renewal, got)
        _lib.xica_renewal_free(found)
    return got
