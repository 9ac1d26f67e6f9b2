import { Acl, AclList, AclSpec, ListAcls, SetAcls, UpdateAcl } from '#lib/core/acl.ts'
import { createAcl } from '../services/acls/create-acl.ts'
import { deleteAcl } from '../services/acls/delete-acl.ts'
import { getAcl } from '../services/acls/get-acl.ts'
import { listAcls } from '../services/acls/list-acls.ts'
import { setAcls } from '../services/acls/set-acls.ts'
import { updateAcl } from '../services/acls/update-acl.ts'
import type { Endpoint, ScopedCall } from './endpoint.ts'

export const ACL_ENDPOINTS: Endpoint<ScopedCall>[] = [
  {
    method: 'get',
    path: '/frontends/{id}/acls',
    summary: "List a frontend's ACLs",
    query: ListAcls,
    response: AclList,
    handle: listAcls,
  },
  {
    method: 'post',
    path: '/frontends/{id}/acls',
    summary: 'Create an ACL on a frontend',
    body: AclSpec,
    response: Acl,
    handle: createAcl,
  },
  {
    method: 'put',
    path: '/frontends/{id}/acls',
    summary: "Replace all of a frontend's ACLs",
    body: SetAcls,
    response: AclList,
    handle: setAcls,
  },
  { method: 'get', path: '/acls/{id}', summary: 'Get an ACL', response: Acl, handle: getAcl },
  {
    method: 'put',
    path: '/acls/{id}',
    summary: 'Update an ACL',
    body: UpdateAcl,
    response: Acl,
    handle: updateAcl,
  },
  {
    method: 'delete',
    path: '/acls/{id}',
    summary: 'Delete an ACL',
    response: null,
    handle: deleteAcl,
  },
]
