# An ssh client before a rig that is a folder. `fake-ssh.sh FOLDER ARGUMENTS-OF-SSH`: runs the line that the rig would run,
# with the folder in place of its root, or misbehaves as the file FOLDER/mood says. Wants the options of a caller that is never asked anything.
dir=$1
shift
port='' user='' address='' settings=''
while [ $# -gt 0 ]; do
  case $1 in
  -F | -o | -p | -l)
    case $1 in
    -p) port=$2 ;;
    -l) user=$2 ;;
    -o) settings="$settings $2" ;;
    esac
    shift 2
    ;;
  -T) shift ;;
  --)
    address=$2
    line=$3
    shift $#
    ;;
  *)
    echo "unknown option -- $1" >&2
    exit 255
    ;;
  esac
done
printf '%s\n' "$user@$address:$port$settings" >>"$dir/asked"
printf '%s\n' "$line" >>"$dir/lines"
for wanted in BatchMode=yes ConnectTimeout=3 ServerAliveInterval=2 StrictHostKeyChecking=yes IdentityAgent=none LogLevel=ERROR; do
  case "$settings " in
  *" $wanted "*) ;;
  *)
    echo "the fake misses $wanted" >&2
    exit 255
    ;;
  esac
done
key=$(printf '%s' "$settings" | sed -n 's/.*IdentityFile="\([^"]*\)".*/\1/p')
if [ "$(stat -c %a "$key" 2>/dev/null)" != 600 ]; then
  echo "Load key \"$key\": bad permissions" >&2
  echo "$user@$address: Permission denied (publickey)." >&2
  exit 255
fi

case $(cat "$dir/mood" 2>/dev/null) in
dark) echo "ssh: connect to host $address port $port: Connection timed out" >&2; exit 255 ;;
nobody) echo "ssh: connect to host $address port $port: Connection refused" >&2; exit 255 ;;
denied) echo "$user@$address: Permission denied (publickey)." >&2; exit 255 ;;
unknown)
  echo "No ED25519 host key is known for $address and you have requested strict checking." >&2
  echo "Host key verification failed." >&2
  exit 255
  ;;
changed)
  printf '@%.0s' 1 2 3 4 5 6 7 8 9 >&2
  printf '\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n' >&2
  exit 255
  ;;
wedged) echo "Connection timed out during banner exchange" >&2; exit 255 ;;
rude) echo "kex_exchange_identification: Connection closed by remote host" >&2; exit 255 ;;
silent) sleep 60 & echo $! >"$dir/sleeper"; wait ;;
dripping) while :; do printf '{'; sleep 1; done ;;
flooding) while :; do printf '%65536d' 0; done ;;
answer) cat "$dir/answer"; exit 0 ;;
menu) echo 'Welcome to the menu. 1) start 2) stop'; exit 0 ;;
esac

# A greeting of the rig's shell, as some give it to every caller.
[ -e "$dir/greets" ] && echo 'Have a nice day.'
line=$(printf '%s' "$line" | sed "s#/sys/#$dir/sys/#g; s#/proc/#$dir/proc/#g; s#/etc/#$dir/etc/#g; s#/run/lastwatt#$dir/run/lastwatt#g; s#/hive/#$dir/hive/#g")
# In a session of its own, as over there: what goes down with the rig is not this client.
PATH=$dir/bin:$PATH RIG=$dir setsid -w /bin/sh -c "$line" 2>"$dir/complaint"
code=$?
[ -s "$dir/complaint" ] && [ $code != 137 ] && cat "$dir/complaint" >&2
# Its system went down under the connection.
if [ "$(cat "$dir/mood" 2>/dev/null)" = dark ]; then
  echo "Connection to $address closed by remote host." >&2
  exit 255
fi
exit $code
