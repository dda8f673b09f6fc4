#!/bin/sh
# Makes the certificates of the tests' SMTP server, with OpenSSL 3: `sh tests/support/tls/make.sh`.
# One authority, which the tests trust, and one key for four certificates: one that is right, three that are not.
# The authority's key is thrown away. The keys protect nothing: they are published here.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
days=36500

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
key "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -subj "/CN=relance test authority" -days $days \
    -addext "basicConstraints=critical,CA:TRUE" -out ca.pem
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out server.key

touch "$work/index"
cat > "$work/ca.conf" <<CONF
[ca]
default_ca = it
[it]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
CONF

# name, host, first day, last day
signed() {
    openssl req -new -key server.key -subj "/CN=$2" -addext "subjectAltName=DNS:$2" -out "$work/$1.csr"
    openssl ca -batch -notext -config "$work/ca.conf" -keyfile "$work/ca.key" -cert ca.pem \
        -in "$work/$1.csr" -startdate "$3" -enddate "$4" -out "$1.pem" 2>/dev/null
}
signed server localhost 20200101000000Z 21200101000000Z
signed wrong_host mail.other.example 20200101000000Z 21200101000000Z
signed expired localhost 20200101000000Z 20200201000000Z
openssl req -x509 -new -key server.key -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" -days $days -out self_signed.pem
