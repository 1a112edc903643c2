"""The web server of a large installation; gunicorn reads this file when it starts in this directory."""

worker_class = "gthread"  # requests spend most of their time waiting for the database
threads = 8
keepalive = 75  # longer than the idle timeout of common proxies
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'
logger_class = "mlsprep.access_log.AccessLogger"
forwarder_headers = ""  # PUBLIC_URL names the path prefix; the header SCRIPT_NAME of a client must not
control_socket_disable = True
