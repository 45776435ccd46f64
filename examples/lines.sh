#!/bin/sh
# Asks what stands before the machine's own camera, with nothing but nc (netcat-openbsd), and shows the messages as they come.
# usage: lines.sh QUESTION   (without quotes in it) env: MMAGENT_SOCKET
socket=${MMAGENT_SOCKET:-/run/mmagentd/mmagentd.sock}
{
    echo '{"setup":{"mm":{"version":1,"attach":"main","subscribe":["turn"]}}}'
    echo '{"clientContent":{"turns":[{"role":"user","parts":[{"text":"'"$1"'"}]}],"turnComplete":true}}'
    sleep 3
} | nc -N -U "$socket"
