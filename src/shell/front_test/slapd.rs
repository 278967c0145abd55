//! A real directory: Debian's `slapd`, with people in it.
//!
//! Invariant: it runs in a directory of its own, and knows nothing after it was stopped and begun anew.

use super::program::{Folder, Running, free_port};
use super::web::Authority;
use std::process::Command;

/// Where the directory is, whether it runs or not.
pub(crate) struct Slapd {
    folder: Folder,
    /// In the clear, and for StartTLS.
    pub(crate) port: u16,
    /// TLS from the beginning.
    pub(crate) tls_port: u16,
}

/// The account that searches.
pub(crate) const ACCOUNT: &str = "cn=host,dc=example,dc=org";
pub(crate) const ACCOUNT_PASSWORD: &str = "the account's own";
const ROOT: &str = "cn=root,dc=example,dc=org";

/// Fatou may open rooms, Ann may not; there are two of Max; nobody of them is called `*`. Kim may not read what is written of Kim.
const PEOPLE: &str = "dn: dc=example,dc=org
objectClass: domain
dc: example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: cn=host,dc=example,dc=org
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: host
userPassword: the account's own

dn: uid=fatou,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: fatou
cn: Fatou
sn: Diop
userPassword: canary of fatou

dn: uid=ann,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Max
userPassword: canary of ann

dn: uid=o\\,brien (x*),ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: o,brien (x*)
cn: O'Brien
sn: Max
userPassword: canary of brien

dn: ou=silent,dc=example,dc=org
objectClass: organizationalUnit
ou: silent

dn: uid=kim,ou=silent,dc=example,dc=org
objectClass: inetOrgPerson
uid: kim
cn: Kim
sn: Kim
userPassword: canary of kim

dn: cn=rooms,dc=example,dc=org
objectClass: groupOfNames
cn: rooms
member: uid=fatou,ou=people,dc=example,dc=org
member: uid=o\\,brien (x*),ou=people,dc=example,dc=org
";

impl Slapd {
    /// Not running yet. Its certificate is for `localhost`.
    pub(crate) fn new(name: &str) -> Self {
        let (folder, authority) = (Folder::new(name), Authority::new("whom the directory is certified by"));
        let (certificate, key) = authority.certifies("localhost");
        folder.write("ca.pem", &authority.pem());
        folder.write("server.pem", &certificate);
        folder.write("server.key", &key);
        Self { folder, port: free_port(), tls_port: free_port() }
    }

    /// `--ldap-ca`.
    pub(crate) fn root_file(&self) -> String {
        self.folder.path("ca.pem")
    }

    /// `--ldap-account-password`.
    pub(crate) fn password_file(&self, password: &str) -> String {
        self.folder.write("password", &format!("{password}\n"))
    }

    /// Begins to answer.
    pub(crate) fn start(&self) -> Running {
        let database = self.folder.path("database");
        let _ = std::fs::remove_dir_all(&database);
        std::fs::create_dir_all(&database).unwrap();
        let schema = |name: &str| format!("include /etc/ldap/schema/{name}.schema\n");
        let config = format!(
            "{}{}{}modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload memberof\npidfile {}\n\
            TLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
            database mdb\nmaxsize 10485760\nsuffix dc=example,dc=org\nrootdn {ROOT}\nrootpw secret\ndirectory {database}\n\
            overlay memberof\naccess to attrs=userPassword by anonymous auth by * none\n\
            access to dn.subtree=ou=silent,dc=example,dc=org by * disclose\n\
            access to * by dn.base={ACCOUNT} read by self read by * none\n",
            schema("core"),
            schema("cosine"),
            schema("inetorgperson"),
            self.folder.path("pid"),
            self.folder.path("server.pem"),
            self.folder.path("server.key"),
        );
        let file = self.folder.write("slapd.conf", &config);
        let plain = format!("ldap://127.0.0.1:{}/", self.port);
        // Debian keeps it where not everybody's path leads. With -d it stays in the foreground.
        let mut command = Command::new("/usr/sbin/slapd");
        command.args(["-d", "256", "-f", &file, "-h", &format!("{plain} ldaps://127.0.0.1:{}/", self.tls_port)]);
        let mut running = Running::start(&mut command);
        running.says("slapd starting");
        let people = self.folder.write("people.ldif", PEOPLE);
        let added =
            Command::new("ldapadd").args(["-x", "-H", &plain, "-D", ROOT, "-w", "secret", "-f", &people]).output().unwrap();
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        running
    }
}
