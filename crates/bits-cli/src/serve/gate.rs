//! Who asks for names.

use std::sync::Arc;

use bits_server::auth::{AuthGate, Basic, PasswordFile, Rights};

use super::options::Options;

/// Who asks for names, if anybody does, and the passwords that are asked for.
pub(super) type Asking = (AuthGate, Option<Arc<PasswordFile>>);

/// Who asks for names, if anybody does.
pub(super) fn gate(options: &Options, is_encrypted: bool) -> Result<Option<Asking>, String> {
    let passwords = passwords(options, is_encrypted)?;
    if passwords.is_none() && options.keytab.is_none() {
        return match options.rights.is_empty() {
            true => Ok(None),
            false => Err("rights need users: name a file with --passwords, or --keytab".to_owned()),
        };
    }
    let rights = Rights::new(options.rights.clone()).map_err(|error| format!("rights: {error}"))?;
    let gate = with_tickets(AuthGate::new(rights), options)?;
    let Some(file) = passwords else {
        return Ok(Some((gate, None)));
    };
    let realm = options.realm.as_deref().unwrap_or("bits");
    let basic = Basic::new(Arc::clone(&file), realm).map_err(|error| error.to_string())?;
    let basic = basic.allow_without_tls(options.allow_basic_without_tls.unwrap_or(false));
    Ok(Some((gate.with_basic(basic), Some(file))))
}

fn passwords(options: &Options, is_encrypted: bool) -> Result<Option<Arc<PasswordFile>>, String> {
    let Some(path) = &options.passwords else {
        return Ok(None);
    };
    let without_tls = options.allow_basic_without_tls.unwrap_or(false);
    let listen = options.listen.as_deref().unwrap_or_default();
    if let Some(address) = listen.iter().find(|address| !address.ip().is_loopback())
        && !is_encrypted
        && !without_tls
    {
        return Err(format!(
            "{address}: passwords would come over connections that are not encrypted; \
             name a certificate with --tls-certificate and --tls-key, listen on loopback behind a proxy with TLS, \
             or say --allow-basic-without-tls"
        ));
    }
    let file = PasswordFile::open(path, false).map_err(|error| error.to_string())?;
    Ok(Some(Arc::new(file)))
}

#[cfg(feature = "negotiate")]
mod tickets {
    use bits_server::auth::{AuthGate, Negotiate};

    use crate::serve::options::Options;

    /// Takes the keytab into the environment, where Kerberos looks for it: this program is started anew.
    pub(in crate::serve) fn use_keytab(options: &Options) -> Result<(), String> {
        match &options.keytab {
            None => Ok(()),
            Some(keytab) => Negotiate::start_with_keytab(keytab)
                .map_err(|error| format!("keytab {}: {error}", keytab.display())),
        }
    }

    pub(super) fn with_tickets(gate: AuthGate, options: &Options) -> Result<AuthGate, String> {
        if options.keytab.is_none() {
            return Ok(gate);
        }
        let service = options.service.as_deref().unwrap_or("HTTP");
        let negotiate = Negotiate::new(service).map_err(|error| error.to_string())?;
        Ok(gate.with_negotiate(match &options.without_realm {
            None => negotiate,
            Some(realm) => negotiate.without_realm(realm),
        }))
    }
}

#[cfg(not(feature = "negotiate"))]
mod tickets {
    use bits_server::auth::AuthGate;

    use crate::serve::options::Options;

    pub(in crate::serve) fn use_keytab(options: &Options) -> Result<(), String> {
        match &options.keytab {
            None => Ok(()),
            Some(_) => Err(
                "--keytab: this `bits` is built without Kerberos; build it with `--features negotiate`".to_owned(),
            ),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "with Kerberos it can fail")]
    pub(super) fn with_tickets(gate: AuthGate, _: &Options) -> Result<AuthGate, String> {
        Ok(gate)
    }
}

pub(super) use tickets::use_keytab;
use tickets::with_tickets;
