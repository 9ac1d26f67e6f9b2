import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'

/** The API's own description (OpenAPI 3.1), as whoever reads it takes it. */
export function openApiDocument<Document>(): ApiQuery<Document> {
  return { queryKey: ['openapi'], fetch: (get) => get(apiPath.description()) }
}
