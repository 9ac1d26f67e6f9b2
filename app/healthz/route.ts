export { readHealth as GET } from '#lib/bff/health.ts'
