import * as z from 'zod'

export const ProblemObject = z.object({
  type: z.enum(['load_balancer', 'frontend', 'backend', 'certificate', 'node']),
  id: z.string(),
  name: z.string(),
})
export type ProblemObject = z.infer<typeof ProblemObject>

export const PROBLEM_ACTIONS = [
  'add_servers',
  'edit_health_check',
  'edit_backend',
  'edit_frontend',
  'edit_acls',
  'replace_certificate',
  'show_history',
  'show_nodes',
  'show_traffic',
] as const
export type ProblemAction = (typeof PROBLEM_ACTIONS)[number]

/** Something that is wrong with a load balancer. */
export const Problem = z.object({
  object: ProblemObject.meta({ description: 'What has the problem.' }),
  severity: z.enum(['critical', 'warning', 'info']).meta({
    description:
      "`critical`: a frontend can't serve. `warning`: the load balancer is degraded. `info`: traffic is unaffected.",
  }),
  message: z
    .string()
    .meta({ description: 'What is wrong and what to do, in one or two sentences.' }),
  last_answer: z.string().nullable().meta({
    description: "The outcome of the servers' last health check: `connection refused`, `HTTP 500`.",
  }),
  since: z.string().nullable().meta({ description: 'When it began; null if unknown.' }),
  action: z
    .enum(PROBLEM_ACTIONS)
    .nullable()
    .meta({ description: 'What usually resolves it; null if it resolves itself.' }),
})
export type Problem = z.infer<typeof Problem>

const OBJECT_WORDS = {
  load_balancer: null,
  node: null,
  frontend: 'Frontend',
  backend: 'Backend',
  certificate: 'Certificate',
} as const satisfies Record<ProblemObject['type'], string | null>

/** A problem as a sentence that names its object: `Backend "web": It has no servers.` */
export function problemText({ object, message }: Pick<Problem, 'object' | 'message'>): string {
  const word = OBJECT_WORDS[object.type]
  return word === null ? message : `${word} "${object.name}": ${message}`
}

export const problemTexts = (problems: readonly Problem[]): string[] => problems.map(problemText)
