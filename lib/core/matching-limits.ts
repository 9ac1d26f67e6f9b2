/**
 * Limits on the cost of matching (per frontend) and the size of the rules (per load balancer). The unit of cost is a step,
 * 1 to 2 ns. The cost of a regular expression is its worst case for one character of a path.
 */

/** Steps per character of all regular expressions of a frontend together: at most 16 ms for a path of 8 KiB. */
export const MATCH_STEPS_MAX = 2000
/** Steps per character of an ACL with regular expressions, in addition to theirs. */
export const MATCHER_STEPS = 8

/** Regular expressions of all ACLs of a load balancer together. */
export const LB_PATTERNS_MAX = 500
/** Addresses, values and routes of a load balancer, and their characters, together. */
export const LB_RULE_VALUES_MAX = 20_000
export const LB_RULE_CHARACTERS_MAX = 500_000
