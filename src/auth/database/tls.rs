//! TLS towards PostgreSQL: how far a server's certificate is believed.

use super::address::{Roots, Trust};
use super::invalid;
use crate::error::Error;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Makes the TLS of connections. Reads the file of authorities, so it is not for a thread that others wait for.
pub(super) fn connector(trust: &Trust, direct: bool) -> Result<MakeRustlsConnect, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?;
    let mut config = match trust {
        Trust::Host(roots) => builder.with_root_certificates(authorities(roots)?),
        Trust::Authority(roots) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Lenient { provider, authorities: Some(authorities(roots)?) })),
        Trust::Anyone => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Lenient { provider, authorities: None }))
        }
    }
    .with_no_client_auth();
    if direct {
        // Without the question whether there is TLS, the protocol is named within it (PostgreSQL 17).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(config))
}

fn authorities(roots: &Roots) -> Result<Arc<RootCertStore>, Error> {
    match roots {
        Roots::File(path) => file(path),
        Roots::System => {
            static SYSTEM: OnceLock<Arc<RootCertStore>> = OnceLock::new();
            let store = SYSTEM.get_or_init(|| {
                let mut store = RootCertStore::empty();
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().unwrap_or_default());
                Arc::new(store)
            });
            if store.is_empty() {
                return Err(invalid(
                    "url",
                    "This machine knows no certificate authorities: name a file with `sslrootcert`.",
                ));
            }
            Ok(Arc::clone(store))
        }
    }
}

fn file(path: &Path) -> Result<Arc<RootCertStore>, Error> {
    let unreadable =
        || invalid("url", "The file that `sslrootcert` names cannot be read, or has no certificate in PEM form.");
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable().because(error))? {
        let certificate = certificate.map_err(|error| unreadable().because(error))?;
        store.add(certificate).map_err(|error| unreadable().because(error))?;
    }
    if store.is_empty() { Err(unreadable()) } else { Ok(Arc::new(store)) }
}

/// Believes any certificate, or any of a known authority, as `sslmode` asks for; the handshake's signatures are checked either way.
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    authorities: Option<Arc<RootCertStore>>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(authorities) = &self.authorities {
            let certificate = ParsedCertificate::try_from(certificate)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, authorities, intermediates, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
