/**
 * Limits on the size of a load balancer and of a request, so that none blocks the event loop of the control plane or a node for long.
 * `matching-limits.ts` has the limits on the cost of ACLs and routes.
 */

/** Backends of a load balancer, and frontends. */
export const LB_RULES_MAX = 1000
/** Servers of a load balancer, in all of its backends. Both nodes check each. */
export const LB_SERVERS_MAX = 5000
/** Backends, and frontends, that one request can change or create. */
export const REQUEST_RULES_MAX = 200
/** Load balancers in one request. */
export const REQUEST_LBS_MAX = 1000
