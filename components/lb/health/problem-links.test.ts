import { expect, test } from 'vitest'
import { PROBLEM_ACTIONS, type Problem } from '#lib/core/problem.ts'
import { objectOf, problemAction } from './problem-links.ts'

const problemOf = (type: Problem['object']['type'], action: Problem['action'] = null): Problem => ({
  object: { type, id: 'ID', name: 'web' },
  ...{ severity: 'warning', message: '', last_answer: null, since: null, action },
})

test('the object of a problem is a link, but for the load balancer itself', () => {
  expect(objectOf('LB', problemOf('backend'))).toEqual({
    word: 'Backend',
    name: 'web',
    href: '/network/load-balancers/LB/backends#backend-ID',
  })
  expect(objectOf('LB', problemOf('load_balancer'))).toBe(null)
})

test('every action is a link, and those that change something are marked', () => {
  const links = PROBLEM_ACTIONS.map((action) => problemAction('LB', problemOf('backend', action)))
  expect(links.map((link) => [link?.label, link?.changes])).toEqual([
    ['Add servers', true],
    ['Edit health check', true],
    ['Edit backend', true],
    ['Edit frontend', true],
    ['Edit ACLs', true],
    ['Replace certificate', true],
    ['Show history', false],
    ['Show nodes', false],
    ['Show traffic', false],
  ])
  expect(links[0]?.href).toBe(
    '/network/load-balancers/LB/backends?edit=ID&field=servers#backend-ID',
  )
  expect(problemAction('LB', problemOf('load_balancer'))).toBe(null)
})
