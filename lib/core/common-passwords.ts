/** The most common leaked passwords with at least eight characters, in lower case. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `00000000 11111111 111111111 1111111111 12121212 123123123 12341234 12344321 12345678 123456789 1234567890
  123456789a 1234qwer 123qweasd 147258369 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 21212121 22222222 55555555 66666666
  77777777 87654321 88888888 987654321 99999999 a1234567 a12345678 aa123456 aaaaaaaa abc12345 abcd1234 abcdefgh
  access14 admin123 admin1234 administrator asdf1234 asdfasdf asdfghjk asdfghjkl azertyuiop baseball basketball
  bigdaddy blink182 butterfly changeme changeme123 charlie1 chocolate computer corvette cowboys1 danielle dolphins
  einstein elephant football football1 freedom1 garfield hello123 iloveyou iloveyou1 internet jennifer jonathan
  jordan23 letmein1 letmein123 liverpool marlboro maverick mercedes metallica michael1 michelle midnight mountain
  mustang1 nicholas p@ssw0rd p@ssword passw0rd password password! password1 password12 password123 password1234
  patricia princess princess1 q1w2e3r4 qazwsxedc qwer1234 qwert123 qwerty12 qwerty123 qwerty1234 qwertyui qwertyuiop
  rangers1 samantha secret123 security slipknot snowball srinivas starwars startrek steelers sunshine sunshine1
  superman superman1 superstar test1234 testtest tinkerbell trustno1 victoria welcome1 welcome123 whatever
  yankees1 zaq12wsx zxcvbnm1 zxcvbnm123`.split(/\s+/),
)
