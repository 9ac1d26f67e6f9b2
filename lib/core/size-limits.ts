/**
 * Limits on the size of a load balancer and of one request, so that no request holds the control plane's event loop for long
 * and no load balancer holds a node's. `matching-limits.ts` has those on the cost of ACLs and routes.
 */

/** Backends and frontends of a load balancer, of each. */
export const LB_RULES_MAX = 1000
/** Servers of all backends of a load balancer together: both nodes check the health of each. */
export const LB_SERVERS_MAX = 5000
/** Backends and frontends that one request may change or create, of each. */
export const REQUEST_RULES_MAX = 200
/** Load balancers that one request may name. */
export const REQUEST_LBS_MAX = 1000
