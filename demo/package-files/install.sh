#!/bin/sh
# Installs the shop. Run as an ordinary user; PREFIX chooses the folder.
set -eu
prefix="${PREFIX:-$HOME/shop}"
mkdir -p "$prefix/bin"
cp bin/* "$prefix/bin/"
chmod 755 "$prefix"/bin/*
echo "installed to $prefix"
