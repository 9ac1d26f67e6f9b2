import {
  ApiToken,
  ApiTokenList,
  CreateApiToken,
  NewApiToken,
  UpdateApiToken,
} from '#lib/core/api-token.ts'
import { createToken } from '../services/tokens/create-token.ts'
import { listTokens } from '../services/tokens/list-tokens.ts'
import { revokeToken } from '../services/tokens/revoke-token.ts'
import { updateToken } from '../services/tokens/update-token.ts'
import type { Call, Endpoint } from './endpoint.ts'

export const TOKEN_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/tokens',
    summary: 'List the API tokens, newest first',
    response: ApiTokenList,
    handle: async (call) => ({ value: await listTokens(call) }),
  },
  {
    method: 'post',
    path: '/tokens',
    summary: 'Create an API token. Its secret key is returned only here',
    body: CreateApiToken,
    response: NewApiToken,
    handle: async (call) => ({ value: await createToken(call) }),
  },
  {
    method: 'patch',
    path: '/tokens/{id}',
    summary:
      'Rename an API token, limit it to networks, or transfer it to another account. Its owner can rename and limit it, an owner of the installation can also transfer it',
    body: UpdateApiToken,
    response: ApiToken,
    handle: async (call) => ({ value: await updateToken(call) }),
  },
  {
    method: 'delete',
    path: '/tokens/{id}',
    summary: 'Revoke an API token by its access key',
    response: null,
    handle: revokeToken,
  },
]
