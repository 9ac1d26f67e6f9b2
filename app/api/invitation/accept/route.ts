export { acceptInvitation as POST } from '#lib/bff/session-handlers.ts'
