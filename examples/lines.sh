#!/bin/sh
# Asks what stands before the machine's own camera, with nothing but nc (netcat-openbsd), and shows the
# messages as they come, until three seconds bring none.
# usage: lines.sh QUESTION   (without quotes in it) env: MMAGENT_SOCKET
socket=${MMAGENT_SOCKET:-/run/mmagentd/mmagentd.sock}
{
    echo '{"setup":{"mm":{"version":1,"attach":"main"}}}'
    echo '{"clientContent":{"turns":[{"role":"user","parts":[{"text":"'"$1"'"}]}],"turnComplete":true}}'
} | nc -w 3 -U "$socket"
