import { ChangedRules, ChangeRules } from '#lib/core/change-rules.ts'
import { changeRules } from '../services/rules/change-rules.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** Several rules of a load balancer in one request, under `/fairlead/v1`. */
export const RULES_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'patch',
    path: '/lbs/{id}/rules',
    summary: 'Change several rules of a load balancer: all of it, or nothing',
    body: ChangeRules,
    response: ChangedRules,
    handle: async (call) => ({ value: await changeRules(call) }),
  },
]
