#!/usr/bin/env bash
# Makes the certificates of the tests, good until 2125, and one that is not good any more. Needs OpenSSL 3. Their keys protect nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
authority() { # name
  key "$1"
  openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 36500 -out "$1.crt"
}
signed() { # name, authority, days, extensions
  key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$1" |
    openssl x509 -req -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days "$3" -extfile <(printf '%s' "$4") -out "$1.crt"
  rm -f "$2.srl"
}
authority authority
authority stranger
signed server authority 36500 'subjectAltName=DNS:localhost,IP:127.0.0.1'
signed client authority 36500 'extendedKeyUsage=clientAuth'
signed foreign-client stranger 36500 'extendedKeyUsage=clientAuth'

# A certificate of the past needs the command `ca`, which keeps books.
books=$(mktemp -d)
touch "$books/index.txt"
cat >"$books/ca.cnf" <<CONFIG
[ca]
default_ca = books
[books]
database = $books/index.txt
new_certs_dir = $books
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
CONFIG
key expired-client
openssl req -new -key expired-client.key -subj /CN=expired-client -out "$books/request"
openssl ca -batch -notext -config "$books/ca.cnf" -cert authority.crt -keyfile authority.key -in "$books/request" \
  -startdate 20200101000000Z -enddate 20200102000000Z -out expired-client.crt
rm -r "$books"
