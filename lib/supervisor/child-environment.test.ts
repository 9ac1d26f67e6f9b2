import { expect, test } from 'vitest'
import { type ChildKind, inheritedEnvironment } from './child-environment.ts'

const ENV = {
  PATH: '/bin',
  TZ: 'Europe/Paris',
  LC_ALL: 'C.UTF-8',
  NODE_EXTRA_CA_CERTS: '/ca.pem',
  https_proxy: 'http://proxy:3128',
  HTTP_PROXY: 'http://proxy:3128',
  NEXT_DIST_DIR: '.next-2',
  FAIRLEAD_SECRET_KEY: 'secret',
  FAIRLEAD_SMTP_URL: 'smtp://ada:secret@mail',
  AWS_SECRET_ACCESS_KEY: 'secret',
  NPM_TOKEN: 'secret',
  npm_config__auth: 'secret',
  SSH_AUTH_SOCK: '/tmp/agent',
  MY_NODE_OPTIONS: 'similar to a listed name',
} as unknown as NodeJS.ProcessEnv

const BASE = ['PATH', 'TZ', 'LC_ALL', 'NODE_EXTRA_CA_CERTS']
const PROXIES = ['https_proxy', 'HTTP_PROXY']

test.each<[ChildKind, string[]]>([
  ['node', BASE],
  ['demo', BASE],
  ['console', [...BASE, 'NEXT_DIST_DIR']],
  ['control-plane', [...BASE, ...PROXIES]],
  ['build', [...BASE, ...PROXIES, 'NEXT_DIST_DIR']],
])('%s gets the variables that it needs and no secrets', (kind, names) => {
  expect(Object.keys(inheritedEnvironment(kind, ENV))).toEqual(names)
})
