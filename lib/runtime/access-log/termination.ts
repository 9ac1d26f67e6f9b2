/** How a request, or a connection in TCP mode, ended. */
export type Termination =
  /** In good order, as far as the load balancer can know. */
  | 'complete'
  /** The client went away, or sent or read nothing for as long as it may. */
  | 'client_abort'
  | 'client_timeout'
  /** The server broke off, or was silent for as long as it may. */
  | 'server_abort'
  | 'server_timeout'
  /** An ACL denied it, or sent the client elsewhere. */
  | 'denied'
  | 'redirected'
  /** Denied: matching it exceeded the step budget. */
  | 'match_limit'
  /** What the client or the server sent breaks the rules of HTTP. */
  | 'bad_request'
  | 'bad_response'
  /** There is no server that is up; all are full; the one chosen can't be reached. */
  | 'no_server'
  | 'queue_timeout'
  | 'connect_refused'
  | 'connect_timeout'
  /** There was no TLS with the server chosen: what it said is not TLS, or its certificate is not trusted. */
  | 'tls_failed'
  /** A fault in Fairlead; the node's log has the stack. */
  | 'internal_error'
  /** Neither side of a stream sent anything for as long as they may. */
  | 'tunnel_timeout'
  /** The server was found down, and its backend keeps no sessions then. */
  | 'server_down'
  /** The load balancer's process ended, and did not wait any longer. */
  | 'shutdown'
