export { changePassword as POST } from '#lib/bff/session-handlers.ts'
