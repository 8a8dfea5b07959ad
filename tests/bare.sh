# What a newcomer and an operator do, on a Debian that has nothing yet; by tests/bare.py.
set -euo pipefail
trap 'echo "It did not go on after line $LINENO of $(realpath "$0")."' ERR
step() { printf '\n=== %s\n' "$*"; }
same() { diff "$1" "$2" || { echo "$1 and $2 differ."; return 1; }; }

mount -t proc proc /proc
mkdir -p /etc/apt/apt.conf.d ~/before && cd ~
echo 'APT::Get::Assume-Yes "true";' > /etc/apt/apt.conf.d/90yes
echo 127.0.0.1 localhost chat.example.org >> /etc/hosts
echo 'correct horse battery' > ~/password
apt-get -qq update

# Instead of systemd, which cannot run here: it does by a unit's lines what systemd does.
cat > /usr/local/bin/systemctl <<'END'
#!/bin/bash
set -e
unit=/etc/systemd/system/hearth.service
lines() { sed -n "s/^$1=-\?//p" $unit; }
running() { kill -0 "$(cat /run/hearth.pid)" 2>/dev/null; }
start() {
    install -d -m 700 -o hearth -g hearth /var/lib/hearth
    install -d -m 755 -o hearth -g hearth /run/hearth
    cd "$(lines WorkingDirectory)"
    env -i PATH="$PATH" $(lines Environment) $(grep = "$(lines EnvironmentFile)") \
        setpriv --reuid hearth --regid hearth --init-groups $(lines ExecStart) \
        >>/var/log/hearth.log 2>&1 </dev/null &
    echo $! > /run/hearth.pid
    for _ in $(seq 100); do hearth-answers && return; sleep 0.2; done
    tail /var/log/hearth.log; exit 1
}
stop() { ! running || kill "$(cat /run/hearth.pid)"; while running; do sleep 0.1; done; }
case "$*" in
    daemon-reload) ;;
    'reload nginx') nginx -s reload 2>/dev/null || nginx; sleep 1 ;;
    'enable --now hearth' | 'start hearth') start ;;
    'stop hearth' | 'disable --now hearth') stop ;;
    'restart hearth') stop; start ;;
    *) echo "What is $*?"; exit 1 ;;
esac
END
cat > /usr/local/bin/hearth-answers <<'END'
#!/bin/sh
way=$(sed -n 's/^HEARTH_UNIX_SOCKET=/--unix-socket /p' /etc/hearth.env 2>/dev/null)
exec curl -sf -o /dev/null $way http://127.0.0.1:8080/readyz
END
chmod 755 /usr/local/bin/systemctl /usr/local/bin/hearth-answers

step The README, word for word
#: README.md: Start: apt install python3
mkdir -p ~/hearth && tar -x -C ~/hearth -f /srv/new.tar && cd ~/hearth
touch ~/said
set -m  # so that it has a process group, as in a terminal
{
#: README.md: Start: 1
} > ~/said 2>&1 &
set +m
until grep -q '/join/' ~/said; do sleep 0.2; kill -0 $! || { cat ~/said; exit 1; }; done
code=$(sed -n 's|.*/join/||p' ~/said)
curl -sf http://127.0.0.1:8080/api/auth/register -H 'Content-Type: application/json' -d \
    "{\"name\": \"ann\", \"password\": \"$(cat ~/password)\", \"invite\": \"$code\"}" >/dev/null
#: README.md: Talk to it: 1
#: README.md: Talk to it: 2
test -n "$BOT"
kill -INT -- -$! && wait || true
export ARGS="$TESTS"
#: README.md: Start: 2
unset ARGS

step Install the version of before, by the words of today
cd ~
#: docs/operations.md: Install: 1
mkdir -p /opt/hearth && tar -x -C /opt/hearth -f /srv/old.tar
#: docs/operations.md: Install: 2
#: docs/operations.md: Install: 3
#: docs/operations.md: Install: 4
#: docs/operations.md: Install: 5
#: docs/operations.md: Install: 6
{
#: docs/operations.md: Install: 7
} < ~/password

# What people see, through nginx and TLS.
at=https://chat.example.org
ask() { curl -sf --cacert /etc/ssl/chat.example.org.pem "$@"; }
signs_in() {
    TOKEN=$(ask $at/api/auth/token --data-urlencode username=ann \
        --data-urlencode "password@-" < <(tr -d '\n' < ~/password) |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
}
says() {
    ask $at/api/rooms/general/messages -H "Authorization: Bearer $TOKEN" \
        -H 'Content-Type: application/json' -d "{\"text\": \"$1\"}" >/dev/null
}
sees() {  # texts, the last of which says what was said last
    ask $at/api/rooms/general/messages -H "Authorization: Bearer $TOKEN" | python3 -c \
        'import json, sys; [print(m["seq"], m["sender"], m["created_at"], m["text"]) for m in json.load(sys.stdin)["messages"]]'
}
signs_in && says 'Hello from before' && sees > ~/before/upgrade

step Upgrade
#: docs/operations.md: Upgrade: 1
find /opt/hearth -mindepth 1 -maxdepth 1 ! -name .venv -exec rm -rf {} +
tar -x -C /opt/hearth -f /srv/new.tar
#: docs/operations.md: Upgrade: 2
#: docs/operations.md: Install: 6
sees | same ~/before/upgrade -  # by the token of before

step nginx with TLS: at the root, on a Unix socket, under a path
echo SSL_CERT_FILE=/etc/ssl/chat.example.org.pem >> /etc/hearth.env  # our own authority
systemctl restart hearth
#: docs/operations.md: Install: 8
echo HEARTH_UNIX_SOCKET=/run/hearth/hearth.sock >> /etc/hearth.env
sed -i 's|server 127.0.0.1:8080 |server unix:/run/hearth/hearth.sock |' /etc/nginx/conf.d/hearth.conf
#: docs/operations.md: Install: usermod
systemctl restart hearth
systemctl reload nginx
#: docs/operations.md: Install: 8
sed -i 's|location / {|location /chat/ {|; /location .chat/,/}/s|hearth;|hearth/;|
    s|# rewrite |rewrite |' /etc/nginx/conf.d/hearth.conf
sed -i 's|\(HEARTH_PUBLIC_URL=.*\)|\1/chat|' /etc/hearth.env
systemctl restart hearth
systemctl reload nginx
at=https://chat.example.org/chat
#: docs/operations.md: Install: 8
signs_in && says 'Hello from a path' && sees > ~/before/backup

step Backup, and back
#: docs/operations.md: Backup and restore: 1
#: docs/operations.md: Backup and restore: 2
/etc/cron.daily/hearth
ls /var/backups/hearth/"$(date +%F)".zip
touch -d '20 days ago' /var/backups/hearth/old.zip
! /etc/cron.daily/hearth > ~/mail  # there is one of today
grep 'already' ~/mail && ls /var/backups/hearth/old.zip
says 'Gone tomorrow'
#: docs/operations.md: Backup and restore: 3
signs_in && sees | same ~/before/backup -

another_machine() { rm -r /var/lib/hearth; systemctl start hearth; }

step Restore elsewhere
#: docs/operations.md: Move: 1
another_machine
#: docs/operations.md: Move: 2
signs_in && sees | same ~/before/backup -

step Export, and import elsewhere
#: docs/operations.md: Export and import: 1
systemctl stop hearth
another_machine
systemctl stop hearth
hearth import /var/backups/hearth/export.zip
hearth user passwd ann < ~/password
systemctl start hearth
signs_in && sees | same ~/before/backup -

step Come from Slack, twice
systemctl stop hearth
another_machine
cp /srv/slack.zip /var/backups/hearth/slack-export.zip && cd /var/backups/hearth
#: docs/operations.md: Come from Slack: 1
hearth user role ann owner && hearth user passwd ann < ~/password
signs_in && says 'The first that is said here' && sees > ~/before/slack
cp /srv/slack-later.zip slack-export.zip
#: docs/operations.md: Come from Slack: 1
signs_in && sees > ~/after && same <(head -n "$(wc -l < ~/before/slack)" ~/after) ~/before/slack
step All of it went as the documents say.
