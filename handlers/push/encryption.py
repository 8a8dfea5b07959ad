"""Web Push's cryptography: RFC 8291 for what is said, RFC 8292 for who says it."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from store.records import now

CURVE = ec.SECP256R1()
MAX_PLAIN_BYTES = 3_993  # that fit into the one record of 4,096 bytes that services take
RECORD_BYTES = 4_096
SIGNED_SECONDS = 12 * 3_600  # that a signature is good for; a day is the most
LAST_RECORD = b"\x02"


def encrypt(
    plain: bytes,
    p256dh: str,
    auth: str,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """A text for the device with these keys alone; each time with new keys of ours.

    Raises:
        ValueError: if they are no keys, or it is too long.
    """
    if len(plain) > MAX_PLAIN_BYTES:
        raise ValueError("It is too long for a push.")
    sender, salt = sender or ec.generate_private_key(CURVE), salt or secrets.token_bytes(16)
    theirs, ours = decode(p256dh), public_bytes(sender)
    point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs)
    shared = sender.exchange(ec.ECDH(), point)
    secret = _derive(shared, decode(auth), b"WebPush: info\0" + theirs + ours, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4) + len(ours).to_bytes(1) + ours
    return head + AESGCM(key).encrypt(nonce, plain + LAST_RECORD, None)


class Vapid:
    """The key by which push services know us, made of the database's random seed."""

    def __init__(self, seed: str) -> None:
        # 48 random bytes: what is left over by the curve's order makes no key likelier.
        number = int.from_bytes(decode(seed)) % (CURVE.group_order - 1) + 1
        self._key = ec.derive_private_key(number, CURVE)
        self.public = encode(public_bytes(self._key))

    def authorization(self, endpoint: str, contact: str) -> str:
        """The header that says to an endpoint's service that it is us."""
        url = urlsplit(endpoint)
        claims: dict[str, object] = {
            "aud": f"{url.scheme}://{url.netloc}",
            "exp": int(now().timestamp()) + SIGNED_SECONDS,
        }
        if contact.startswith("https://"):
            claims["sub"] = contact
        token = jwt.encode(claims, self._key, algorithm="ES256")
        return f"vapid t={token}, k={self.public}"


def check_keys(endpoint: str, p256dh: str) -> None:
    """Refuse an address or a key to which nothing can ever be sent.

    Raises:
        ValueError: saying what is wrong.
    """
    url = urlsplit(endpoint)
    if "@" in url.netloc or not url.hostname or url.port == 0:
        raise ValueError("The endpoint is no address of a push service.")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decode(p256dh))
    except ValueError:
        raise ValueError("The key is no point of P-256.") from None


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half of a key, as an uncompressed point."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def decode(text: str) -> bytes:
    """Bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data: bytes) -> str:
    """The same the other way round."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
