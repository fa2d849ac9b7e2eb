#!/bin/sh
# Makes the practice lab's certificates again. Nobody needs to: they are valid for decades and
# protect nothing but a service on loopback. Needs openssl; writes beside itself.
#
#   vendor-root-g1.pem     the old root; the package still ships this one
#   vendor-root-g2.pem     the root it was rotated to
#   vendor-issuing-3.pem   the intermediate under the new root
#   partner-g1.*           the partner's old listener, signed by the old root
#   partner-g2.*           its new listener, signed by the intermediate
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# sign NAME SUBJECT SECTION ISSUER-CERT ISSUER-KEY START (YYYYMMDD) END
sign() {
    : >"$work/index"
    openssl req -new -key "$work/$1.key" -subj "$2" -out "$work/$1.csr"
    cat >"$work/ca.cnf" <<CNF
[ca]
default_ca = it
[it]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
[any]
organizationName = supplied
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[issuing]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = IP:127.0.0.1,DNS:localhost,DNS:partner.dten.example
CNF
    if [ "$1" = "$4" ]; then
        issuer="-selfsign -keyfile $work/$1.key"
    else
        issuer="-cert $work/$4.pem -keyfile $work/$4.key"
    fi
    # shellcheck disable=SC2086
    openssl ca -batch -notext -config "$work/ca.cnf" -extensions "$3" $issuer \
        -startdate "${5}000000Z" -enddate "${6}000000Z" \
        -in "$work/$1.csr" -out "$work/$1.pem" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
}

for name in vendor-root-g1 vendor-root-g2 vendor-issuing-3 partner-g1 partner-g2; do
    key "$work/$name.key"
done
o="/O=Dten practice lab"
sign vendor-root-g1 "$o/CN=Dten Vendor Root G1" root vendor-root-g1 20160301 20590301
sign vendor-root-g2 "$o/CN=Dten Vendor Root G2" root vendor-root-g2 20260301 20660301
sign vendor-issuing-3 "$o/CN=Dten Vendor Issuing CA 3" issuing vendor-root-g2 20260301 20650301
sign partner-g1 "$o/CN=partner.dten.example" server vendor-root-g1 20230301 20580301
sign partner-g2 "$o/CN=partner.dten.example" server vendor-issuing-3 20260301 20640301

for name in vendor-root-g1 vendor-root-g2 vendor-issuing-3 partner-g1 partner-g2; do
    { openssl x509 -noout -subject -issuer -dates -in "$work/$name.pem" | sed 's/^/# /'
      cat "$work/$name.pem"; } >"$name.pem"
done
for name in partner-g1 partner-g2; do
    { echo "# A test key for a practice service on loopback. It protects nothing."
      openssl pkcs8 -topk8 -nocrypt -in "$work/$name.key"; } >"$name.key.pem"
done
