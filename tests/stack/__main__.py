"""Run the large installation on this machine until Ctrl-C: `make stack`."""

import signal

from tests.servers import ServiceMissing
from tests.stack.topology import running_stack


def main() -> int:
    """Print where everything is, and wait."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print("Starting PostgreSQL, Valkey, two web servers and two workers ...", flush=True)
    try:
        with running_stack() as site:
            print(f"{site.description}.")
            for port in site.ports:
                print(f"  http://127.0.0.1:{port}/")
            for part in site.parts:
                print(f"  {part.name}: process {part.pid}, {part.log}")
            print(f"  PostgreSQL: process {site.postgresql.pid}; Valkey: process {site.valkey.pid}")
            print("Stop with Ctrl-C; data and logs are removed then.", flush=True)
            signal.pause()
    except ServiceMissing as missing:
        print(missing)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
