"""Tests of emotion_lib.app.address."""

import datetime
import ssl
import urllib.request
from urllib.error import HTTPError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from emotion_lib.app import address, server


@pytest.fixture
def certificate(tmp_path):
    """Return the files of a certificate of this machine and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=now,
        not_valid_after=now + datetime.timedelta(days=1),
    ).sign(key, hashes.SHA256())
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_is_taken_at_once(host):
    with address.listen(host, 0) as listener:
        port = listener.getsockname()[1]
        assert address.url(listener).endswith(f":{port}")
        with pytest.raises(address.ServerError, match=f"port {port}"):
            address.listen(host, port)


def test_the_page_is_served_over_https_and_asks_for_a_password(running, certificate):
    files = ("--ssl-certfile", certificate[0], "--ssl-keyfile", certificate[1])
    trusting = ssl._create_unverified_context()
    with running(*map(str, files), EMOTION_AUTH="me:secret", ready="/healthz") as process:
        assert process.address.startswith("https://")
        for path in ("/", "/api/v1/models", "/gradio_api/info"):
            with pytest.raises(HTTPError, match="401"):
                urllib.request.urlopen(process.address + path, context=trusting)
        basic = {"Authorization": "Basic bWU6c2VjcmV0"}
        request = urllib.request.Request(process.address, headers=basic)
        assert b"emotion-stage" in urllib.request.urlopen(request, context=trusting).read()


def test_files_for_tls_that_do_not_fit_are_refused(certificate, tmp_path):
    good, key = certificate
    address.check_certificate(good, key)
    address.check_certificate(None, None)
    for files in [(good, None), (key, good), (tmp_path / "none", key), (None, key)]:
        with pytest.raises(address.ServerError, match=r"Expected a certificate .*Received: .*"):
            address.check_certificate(*files)


def test_a_tunnel_has_a_certificate_of_its_own(certificate):
    with pytest.raises(server.ServerError, match="leave out --ssl-certfile"):
        server.serve(certificate=certificate[0], key=certificate[1], share=True)


def test_a_prefix_is_a_path():
    with pytest.raises(server.ServerError, match="Expected a prefix"):
        server.serve(root_path="https://example.org/faces")
