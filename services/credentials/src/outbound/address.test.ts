import { expect, test } from "vitest";
import { publicOnly } from "./address.ts";
import { outwardTo } from "./outward.ts";

test.each([
  ...["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0"],
  ...["192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16", "100.100.100.200"],
  ...["::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2002:7f00:1::", "64:ff9b::7f00:1", "fec0::1"],
  ...["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::127.0.0.1", "2001::1", "100::1", "not an address", ""],
])("%s is no address of the internet", (address) => expect(publicOnly(address)).toBe(false));

test.each(["8.8.8.8", "140.82.121.4", "172.32.0.1", "2606:50c0:8000::153", "2a04:4e42::1"])("%s is one", (address) =>
  expect(publicOnly(address)).toBe(true),
);

const outward = outwardTo(["git.acme.internal", "10.1.2.3:8443", "[::1]"]);

test.each([
  "https://github.com/",
  "https://140.82.121.4/",
  "http://git.acme.internal:3000/x",
  "https://GIT.acme.internal/",
  "http://10.1.2.3:8443/",
  "http://[::1]:80/",
])("%s may be asked", (url) => expect(outward(new URL(url)).url.href).toBe(new URL(url).href));

test.each([
  "http://github.com/",
  "ftp://github.com/",
  "file:///etc/passwd",
  "gopher://git.acme.internal/",
  "https://user@github.com/",
  "https://10.1.2.3/",
  "https://10.1.2.4:8443/",
  "https://127.0.0.1/",
  "https://0x7f000001/",
  "https://2130706433/",
  "https://0177.0.0.1/",
  "https://127.1/",
  "https://①②⑦.0.0.1/",
  "https://[::ffff:127.0.0.1]/",
  "https://[fe80::1]/",
  "https://169.254.169.254/latest/meta-data",
  "https://git.acme.internal.example.com@127.0.0.1/",
])("%s may not", (url) => expect(() => outward(new URL(url))).toThrow(expect.objectContaining({ code: "ADDRESS_REFUSED" })));

test("what a host is named for does not reach where clouds keep credentials", () => {
  const { allowed } = outward(new URL("http://git.acme.internal/"));
  expect(["169.254.169.254", "fd00:ec2::254"].map(allowed)).toEqual([false, false]);
  expect(["10.0.0.1", "127.0.0.1"].map(allowed)).toEqual([true, true]);
});
