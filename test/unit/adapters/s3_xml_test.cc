// What a server says in XML comes from outside: it is read right, and never believed to be
// well-made.
#include "adapters/s3/s3_xml.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace holdfast {
namespace {

const std::string kPage = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>bucket</Name><Prefix>a/</Prefix><KeyCount>2</KeyCount><EncodingType>url</EncodingType>
  <IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b&#x3C;==</NextContinuationToken>
  <Contents><Key>a/two+words</Key><Size>12</Size><Owner><ID>x</ID></Owner></Contents>
  <Contents><Key>a/caf%C3%A9</Key><ETag>&quot;x&quot;</ETag><Size>0</Size></Contents>
  <CommonPrefixes><Prefix>a/folder%2B/</Prefix></CommonPrefixes>
</ListBucketResult>)";

TEST(S3XmlTest, APageOfAListingIsRead) {
  const auto page = parse_s3_list(kPage);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->objects.size(), 2u);
  EXPECT_EQ(page->objects[0].key, "a/two words");
  EXPECT_EQ(page->objects[0].size_bytes, 12u);
  EXPECT_EQ(page->objects[1].key, "a/caf\xC3\xA9");
  EXPECT_EQ(page->folders, std::vector<std::string>{"a/folder+/"});
  EXPECT_TRUE(page->more);
  EXPECT_EQ(page->next_token, "a&b<==");
}

TEST(S3XmlTest, KeysAreDecodedOnlyIfTheServerSaysThatTheyAreEncoded) {
  const auto page = parse_s3_list(
      "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a+%2F</Key><Size>1</Size>"
      "</Contents></ListBucketResult>");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->objects[0].key, "a+%2F");
}

TEST(S3XmlTest, AnEmptyPageIsAPage) {
  const auto page = parse_s3_list(
      "<ListBucketResult><IsTruncated>false</IsTruncated>"
      "<Prefix/></ListBucketResult>\n");
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->objects.empty());
  EXPECT_FALSE(page->more);
}

TEST(S3XmlTest, WhatIsNoWholePageIsNone) {
  for (std::size_t size = 0; size < kPage.size(); ++size) {
    EXPECT_FALSE(parse_s3_list(kPage.substr(0, size))) << "cut after " << size;
  }
  const auto in_page = [](const std::string& inner) {
    return "<ListBucketResult>" + inner + "</ListBucketResult>";
  };
  for (const std::string& bad :
       {std::string("<html><body>Sign in to this network</body></html>"),
        in_page("<IsTruncated>true</IsTruncated>"),  // And no word on how to go on.
        in_page("<Contents><Size>1</Size></Contents>"),
        in_page("<Contents><Key>a</Key><Size>-1</Size></Contents>"),
        in_page("<Contents><Key>a</Key><Size>99999999999999999999</Size></Contents>"),
        in_page("<EncodingType>url</EncodingType><Contents><Key>%</Key><Size>1</Size></Contents>"),
        in_page("<Key>&unknown;</Key>"), in_page("<Key>&#xD800;</Key>"),
        in_page("<Key>&#99999999;</Key>"), in_page("<Key>&#0;</Key>"), in_page("<Key>&amp</Key>"),
        in_page("<a><b></a></b>"), in_page("") + in_page(""), "x" + in_page(""),
        "<!DOCTYPE x [<!ENTITY a \"b\">]>" + in_page("")}) {
    EXPECT_FALSE(parse_s3_list(bad)) << bad;
  }
}

TEST(S3XmlTest, DeepNestingIsRefused) {
  const auto nested = [](int depth) {
    std::string open;
    std::string close;
    for (int i = 0; i < depth; ++i) {
      open += "<a>";
      close += "</a>";
    }
    return "<ListBucketResult>" + open + close + "</ListBucketResult>";
  };
  EXPECT_TRUE(parse_s3_list(nested(5)));
  EXPECT_FALSE(parse_s3_list(nested(100)));
}

TEST(S3XmlTest, CommentsAttributesAndCdataDoNotDisturb) {
  const auto good = parse_s3_error(
      "\n <?xml version='1.0'?><!-- <Error> --><Error a=\"/>\" b='>'><!-- x --><Code>"
      "<![CDATA[No<Such>Key]]></Code><Message>a &lt;b&gt; c</Message></Error><!-- end -->");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->code, "No<Such>Key");
  EXPECT_EQ(good->message, "a <b> c");
}

TEST(S3XmlTest, AnErrorIsReadWithItsRequest) {
  const auto error = parse_s3_error(
      "<Error><Code>NoSuchKey</Code><Message>line\none</Message><RequestId>tx1</RequestId>"
      "<HostId>h</HostId></Error>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "NoSuchKey");
  EXPECT_EQ(error->message, "line one");
  EXPECT_EQ(error->request_id, "tx1");
  EXPECT_FALSE(parse_s3_error("<Error><Message>no code</Message></Error>"));
  EXPECT_FALSE(parse_s3_error(""));
}

TEST(S3XmlTest, OnlyACopyResultIsACopyResult) {
  EXPECT_TRUE(
      is_copy_result("   <?xml version=\"1.0\"?>\n<CopyObjectResult><ETag>x</ETag>"
                     "</CopyObjectResult>"));
  EXPECT_FALSE(is_copy_result("<Error><Code>InternalError</Code></Error>"));
  EXPECT_FALSE(is_copy_result("<CopyObjectResult><ETag>x</ETag>"));
  EXPECT_FALSE(is_copy_result(""));
}

TEST(S3XmlTest, UnfinishedUploadsAreReadWithTheirIds) {
  const auto page = parse_s3_uploads(
      "<ListMultipartUploadsResult><Bucket>b</Bucket><EncodingType>url</EncodingType>"
      "<NextKeyMarker>p/two%20words</NextKeyMarker><NextUploadIdMarker>2~b</NextUploadIdMarker>"
      "<IsTruncated>true</IsTruncated>"
      "<Upload><Key>p/a</Key><UploadId>2~a</UploadId><Owner><ID>o</ID></Owner></Upload>"
      "<Upload><Key>p/two%20words</Key><UploadId>2~b</UploadId></Upload>"
      "</ListMultipartUploadsResult>");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->uploads.size(), 2u);
  EXPECT_EQ(page->uploads[0].key, "p/a");
  EXPECT_EQ(page->uploads[0].id, "2~a");
  EXPECT_EQ(page->uploads[1].key, "p/two words");
  EXPECT_TRUE(page->more);
  EXPECT_EQ(page->next_key, "p/two words");
  EXPECT_EQ(page->next_id, "2~b");
  EXPECT_FALSE(parse_s3_uploads("<ListBucketResult></ListBucketResult>"));
  EXPECT_FALSE(
      parse_s3_uploads("<ListMultipartUploadsResult><Upload><Key>p</Key></Upload>"
                       "</ListMultipartUploadsResult>"));
  EXPECT_FALSE(
      parse_s3_uploads("<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
                       "</ListMultipartUploadsResult>"));
}

TEST(S3XmlTest, AnUploadInPartsIsBegunAndPutTogether) {
  EXPECT_EQ(parse_begun_upload("<InitiateMultipartUploadResult><Key>k</Key><UploadId>2~x</UploadId>"
                               "</InitiateMultipartUploadResult>"),
            "2~x");
  EXPECT_FALSE(parse_begun_upload("<Error><Code>InternalError</Code></Error>"));
  EXPECT_EQ(parse_copied_part("<CopyPartResult><ETag>&quot;e&quot;</ETag></CopyPartResult>"),
            "\"e\"");
  EXPECT_FALSE(parse_copied_part("<Error><Code>InternalError</Code></Error>"));
  EXPECT_EQ(finished_upload_xml({"\"a\"", "b&c"}),
            "<CompleteMultipartUpload>"
            "<Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>b&amp;c</ETag></Part>"
            "</CompleteMultipartUpload>");
  EXPECT_TRUE(is_finished_upload(
      "<CompleteMultipartUploadResult><ETag>e-2</ETag></CompleteMultipartUploadResult>"));
  EXPECT_FALSE(is_finished_upload("<Error><Code>InternalError</Code></Error>"));
}

TEST(S3XmlTest, DamagedDocumentsNeverBreakTheReader) {
  Random random(7);
  const std::string marks = "<>&;/\"'!?-[]%+ \0";
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = kPage;
    for (std::uint64_t hits = random.below(6); hits > 0; --hits) {
      damaged[random.below(damaged.size())] = marks[random.below(marks.size())];
    }
    const auto page = parse_s3_list(damaged);
    EXPECT_LE(page ? page->objects.size() : 0, 2u);
    static_cast<void>(parse_s3_error(damaged));
  }
}

}  // namespace
}  // namespace holdfast
