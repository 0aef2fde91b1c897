# /etc/profile.d/pvm.sh, which is BASH_ENV too: shells in the container keep the shim first in PATH.
case ":${PATH-}:" in
  :/opt/pvm/shims:*) ;;
  *) PATH=/opt/pvm/shims:"${PATH-}"; export PATH ;;
esac
