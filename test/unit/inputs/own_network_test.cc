#include "adapters/net/own_network.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(OwnNetwork, AddressesThatOthersCannotReachAreKnown) {
  for (const char* address : {"0.0.0.0",
                              "10.1.2.3",
                              "100.64.0.1",
                              "100.100.100.200",
                              "127.0.0.1",
                              "127.9.9.9",
                              "168.63.129.16",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "198.18.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::ffff:10.0.0.1",
                              "::ffff:169.254.169.254",
                              "64:ff9b::a00:1",
                              "2002:a00:1::",
                              "2001:0:1::",
                              "fc00::1",
                              "fd00:ec2::254",
                              "fe80::1",
                              "fe80::1%eth0",
                              "ff02::1",
                              "::10.0.0.1",
                              "no address"}) {
    EXPECT_NE(own_network(address), "") << address;
  }
}

TEST(OwnNetwork, PublicOnesAreAllowed) {
  for (const char* address :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1",
        "128.0.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "223.255.255.255",
        "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::101:101"}) {
    EXPECT_EQ(own_network(address), "") << address;
  }
}

}  // namespace
}  // namespace holdfast
