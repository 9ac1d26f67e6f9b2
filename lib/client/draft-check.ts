import { useMutation } from '@tanstack/react-query'
import type * as z from 'zod'
import type { DraftCheck, DraftCheckRequest } from '#lib/core/draft-check.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'

/** A backend that is not saved, as far as its health check depends on it. */
export type Draft = z.input<typeof DraftCheckRequest>

/** Has both nodes check a draft's servers once. Changes nothing. */
export function useDraftCheck() {
  return useMutation({
    mutationFn: (draft: Draft) =>
      callApi<DraftCheck>('POST', apiPath.draftChecks(), { body: draft }),
  })
}
