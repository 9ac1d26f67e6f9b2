import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'

/** The API's OpenAPI 3.1 document, typed by the caller. */
export function openApiDocument<Document>(): ApiQuery<Document> {
  return { queryKey: ['openapi'], fetch: (get) => get(apiPath.description()) }
}
