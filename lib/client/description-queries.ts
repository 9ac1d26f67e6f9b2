import { apiPath } from './api-path.ts'
import type { Read } from './read.ts'

/** The API's own description (OpenAPI 3.1), as whoever reads it takes it. */
export function apiDescription<Document>(): Read<Document> {
  return { queryKey: ['openapi'], read: (get) => get(apiPath.description()) }
}
