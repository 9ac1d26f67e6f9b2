/** How a request, or a connection in TCP mode, ended. */
export type Termination =
  /** In order, as far as the load balancer knows. */
  | 'complete'
  /** The client disconnected, or neither sent nor read data within its timeout. */
  | 'client_abort'
  | 'client_timeout'
  /** The server disconnected, or sent no data within its timeout. */
  | 'server_abort'
  | 'server_timeout'
  /** An ACL denied or redirected it. */
  | 'denied'
  | 'redirected'
  /** Denied: matching it exceeded the step budget. */
  | 'match_limit'
  /** The client's or the server's message is malformed. */
  | 'bad_request'
  | 'bad_response'
  /** No server is up; all are full until the queue timeout; the server refuses the connection, or does not accept it in time. */
  | 'no_server'
  | 'queue_timeout'
  | 'connect_refused'
  | 'connect_timeout'
  /** The TLS handshake with the server failed. */
  | 'tls_failed'
  /** A fault in Fairlead; the node's log has the stack. */
  | 'internal_error'
  /** Neither side of a tunnel sent data within the tunnel timeout. */
  | 'tunnel_timeout'
  /** The server was marked down, and the backend shuts down sessions then. */
  | 'server_down'
  /** The load balancer's process stopped. */
  | 'shutdown'
