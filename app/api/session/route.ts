export { logIn as POST, logOut as DELETE, readSession as GET } from '#lib/bff/session-handlers.ts'
