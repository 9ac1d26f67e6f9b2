import { ChangedRules, ChangeRules } from '#lib/core/change-rules.ts'
import { changeRules } from '../services/rules/change-rules.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** Changes of several rules at once, under `/fairlead/v1`. */
export const RULES_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'patch',
    path: '/lbs/{id}/rules',
    summary: 'Change several rules of a load balancer atomically',
    body: ChangeRules,
    response: ChangedRules,
    handle: async (call) => ({ value: await changeRules(call) }),
  },
]
