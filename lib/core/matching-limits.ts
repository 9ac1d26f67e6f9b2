/**
 * What the rules of a frontend may take to match, and those of a load balancer to hold. A step is the unit of all of it:
 * 1 to 2 ns. Regular expressions are measured by the steps that one character of a path takes at most.
 */

/** Steps a character of all regular expressions of a frontend together. A path of 8 KiB then takes 16 ms at most. */
export const MATCH_STEPS_MAX = 2000
/** What an ACL's regular expressions take for a character beside their own steps. */
export const MATCHER_STEPS = 8

/** Of all ACLs of a load balancer together. */
export const LB_PATTERNS_MAX = 500
/** Addresses, values and routes of a load balancer, and the characters that they have together. */
export const LB_RULE_VALUES_MAX = 20_000
export const LB_RULE_CHARACTERS_MAX = 500_000
