/* verify_parts.h - what the files of verify share with one another, and with no one else. */
#ifndef MINGDA_VERIFY_PARTS_H
#define MINGDA_VERIFY_PARTS_H

#include <libxml/tree.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include "package.h"
#include "seal_markup.h"
#include "verify.h"

/* What can be wrong: word, whether the signature is then invalid, whether something is not covered, and the
 * sentences for people. */
#define VERIFY_PROBLEMS(X)                                                                                   \
    X(ZIP_BROKEN, "zip-broken", true, true, "文件包已损坏：结构不完整、夹有多余内容或者有重名条目",          \
      "The package is damaged: incomplete, with something added to it, or with two entries of one name")     \
    X(NOT_A_LETTER, "unknown-format", true, true, "文件既不是 ODT 文书，也不是 DOCX 文书",                   \
      "The file is neither an ODT nor a DOCX document")                                                      \
    X(TOO_LARGE, "too-large", true, true, "文件过大，超出核验上限",                                          \
      "The file is larger than what is checked")                                                             \
    X(ZIP_UNSOUND, "zip-unsound", true, true,                                                                \
      "文件包首尾或条目之间夹有多余内容，或者其写法会使不同软件读出不同内容",                                \
      "There is something before, between or after the entries of the package, or programs may read "        \
      "different contents in it")                                                                            \
    X(ZIP_NAME, "zip-entry-name", true, true, "文件包中有重名或名称不安全的条目",                            \
      "The package has two entries of one name, or one with an unsafe name")                                 \
    X(NO_SIGNATURE, "no-signature", false, true, "文件没有电子签名", "The document is not signed")           \
    X(SIGNATURE_XML, "signature-not-readable", true, true, "签名文件不是规范的 XML，或者含有不允许的内容",   \
      "The signature document is not well-formed XML or holds what is not allowed in it")                    \
    X(SIGNATURE_FORM, "signature-form", true, false, "签名文件的结构不是受支持的形式",                       \
      "The signature document does not have the form that is supported")                                     \
    X(DUPLICATE_ID, "duplicate-id", true, false, "签名文件中有重复或不规范的标识",                           \
      "The signature document uses an Id twice, or one of an unusual form")                                  \
    X(ALGORITHM, "algorithm", true, false, "签名使用了不受支持的算法或变换",                                 \
      "The signature uses an algorithm or a transform that is not supported")                                \
    X(REFERENCE_TWICE, "reference-twice", true, false, "同一部件被签名引用两次",                             \
      "The signature refers to a part twice")                                                                \
    X(PART_MISSING, "part-missing", true, false, "已签名的部件被删除或改名",                                 \
      "A part that was signed has been removed or renamed")                                                  \
    X(PART_CHANGED, "part-changed", true, false, "部件内容在签名后被改动",                                   \
      "A part has been changed after signing")                                                               \
    X(PART_UNSIGNED, "part-not-signed", true, true, "文件中有未经签名的部件",                                \
      "The document has a part that is not signed")                                                          \
    X(PROPERTIES_UNSIGNED, "properties-not-signed", false, true, "文档属性（作者、标题等）不在签名范围内",   \
      "The document's properties (author, title and the like) are not signed")                               \
    X(RELATIONSHIP_UNSIGNED, "relationship-not-signed", true, true, "文件中有未经签名的关联关系",            \
      "The document has a relationship that is not signed")                                                  \
    X(RELATIONSHIPS_FORM, "relationships-form", true, false, "关联关系文件的结构不规范",                     \
      "A list of relationships does not have the form that is allowed")                                      \
    X(TYPES_FORM, "content-types-form", true, true, "内容类型清单的结构不规范",                              \
      "The list of content types does not have the form that is allowed")                                    \
    X(TYPE_CHANGED, "content-type-changed", true, false, "部件的内容类型与签名时不一致",                     \
      "The content type of a part is not the one that was signed")                                           \
    X(MIMETYPE, "mimetype", true, false, "文件类型标记不在首位、被压缩或不是文本文档",                       \
      "The mimetype is not the first entry, is compressed, or is not that of a text document")               \
    X(VALUE, "signature-value", true, false, "签名值与签名内容不符",                                         \
      "The signature value does not belong to what is signed")                                               \
    X(CERTIFICATE, "certificate-not-readable", true, false, "签名中没有可读取的证书",                        \
      "The signature has no certificate that can be read")                                                   \
    X(CERTIFICATE_OTHER, "certificate-mismatch", true, false, "签名所附证书不是签名时声明的证书",            \
      "The certificate is not the one named in the signed properties")                                       \
    X(CERTIFICATE_USAGE, "certificate-usage", true, false, "证书不允许用于电子签名",                         \
      "The certificate may not be used for signatures")                                                      \
    X(TIME_FORM, "time-not-readable", true, false, "签名时间缺失、不规范或前后不一致",                       \
      "The time of signing is missing, malformed or not the same everywhere")                                \
    X(TIME_FUTURE, "signed-in-the-future", true, false, "签名时间晚于核验时间",                              \
      "The time of signing is later than the time of checking")                                              \
    X(CHAIN_UNKNOWN, "issuer-not-trusted", false, false, "签名证书不是由受信任的机构签发",                   \
      "The certificate was not issued by a trusted authority")                                               \
    X(CHAIN_EXPIRED, "certificate-expired", false, false, "签名证书在该时间不在有效期内",                    \
      "The certificate was not in date at that time")                                                        \
    X(STAMP_UNREADABLE, "timestamp-not-readable", true, false, "时间戳不是受支持的形式",                     \
      "The timestamp does not have the form that is supported")                                              \
    X(STAMP_OF_OTHER, "timestamp-of-other", true, false, "时间戳不属于这个签名或者这份文件",                 \
      "The timestamp belongs to another signature or file")                                                  \
    X(STAMP_FALSE, "timestamp-invalid", true, false, "时间戳本身的签名无效",                                 \
      "The timestamp's own signature is not valid")                                                          \
    X(STAMP_TOO_EARLY, "timestamp-before-signing", true, false, "时间戳早于所称的签名时间",                  \
      "The timestamp is earlier than the time of signing that is stated")                                    \
    X(STAMP_NOT_TRUSTED, "timestamp-not-trusted", false, false,                                              \
      "时间戳不是由受信任的时间戳机构签发，签名时间以签名人所称为准",                                        \
      "The timestamp is not by an authority that is trusted here: the time of signing is the signer's own")  \
    X(CMS_FORM, "cms-form", true, true, "签名文件（.p7s）不是受支持的形式",                                  \
      "The signature file (.p7s) does not have the form that is supported")                                  \
    X(CMS_CHANGED, "content-changed", true, false, "文件内容与签名不符：签名后被改动，或者签名属于别的文件", \
      "The file is not the one that was signed: it was changed, or the signature belongs to another file")   \
    X(MORE, "more-problems", false, false, "还有其他问题，未全部列出",                                       \
      "There are more problems than are listed")

#define X(symbol, word, breaks, uncovers, zh, en) PROBLEM_##symbol,
enum problem { VERIFY_PROBLEMS(X) PROBLEM_COUNT };
#undef X

#define PROBLEM_LIMIT 64

/* One checking. `memory` remembers that an allocation failed, so that the small functions need not return it.
 */
struct check {
    TALLOC_CTX *result, *scratch;
    const struct verify_policy *policy;
    struct verify_report *report;
    struct verify_problem *problems; /* PROBLEM_LIMIT of them */
    const struct package *package;
    X509_STORE *store; /* the roots */
    bool broken, memory;
};

const struct fault *verify_begin(struct check *c);
const struct fault *verify_finish(struct check *c, const struct verify_report **out);
/* Notes a problem; `part` may be NULL and is copied. */
void check_problem(struct check *c, enum problem problem, const char *part);

/* A reference to a part of the package. */
struct part_reference {
    const char *part; /* decoded name */
    const char *type; /* content type in the reference, NULL in ODF */
    const char *digest;
    const xmlNode *transform; /* of relationships, else NULL: the bytes as they are */
};

/* What was found in a signature document whose form is right. All belongs to the document or to scratch. */
struct found {
    xmlNode *signature;
    xmlNode *signed_properties;
    const char *signature_id;
    struct part_reference *parts;
    size_t part_count;
    size_t manifest_count;   /* references within the Manifest: libxmlsec1 must have judged as many */
    size_t reference_count;  /* those within SignedInfo */
    const char *method;      /* algorithm of the signature */
    const char *stated_time; /* dc:date or mdssi:Value */
    const char *signing_time;
    const char *certificate_digest;
    const char *value, *value_id; /* SignatureValue as it stands, and its Id or NULL */
    const char *token;            /* of the timestamp, base64; NULL: there is none */
    X509 *leaf;
    STACK_OF(X509) * others;
};

/* Reads the signature document and holds it against the one form; false: the problems say why. */
bool verify_form(struct check *c, const struct package_entry *entry, bool odf, struct found *out);
/* Every part, relationship and content type is referred to, and the bytes are those that were digested. */
void verify_cover_odf(struct check *c, const struct found *found);
void verify_cover_ooxml(struct check *c, const struct found *found);
/* Signature value, references and manifest by libxmlsec1. */
const struct fault *verify_value(struct check *c, const struct found *found);
/* The timestamp within the signature document, where there is one: from it on, the time of signing is known
 * from a third person. */
const struct fault *verify_inner_stamp(struct check *c, const struct found *found);
/* Certificate, time and chain; sets signer, signed_at and trust. `chain` may be NULL. */
const struct fault *verify_certificate(struct check *c, X509 *leaf, STACK_OF(X509) * chain);
/* Reads the roots of the policy into c->store, also where nothing comes to be signed: a wrong one is told. */
const struct fault *verify_roots(struct check *c);
/* Key of a kind we know and a certificate for signatures. */
void verify_leaf(struct check *c, X509 *leaf);

/* Detached SignedData of GM/T 0010 over `content`, and whether bytes look like one. */
bool verify_is_sm2(struct seal_file signature);
const struct fault *verify_sm2(struct check *c, struct seal_file signature, struct seal_file content);
/* signed_at and signed_moment of the report from a signed attribute; a time that cannot be read leaves them
 * empty. */
void verify_take_time(struct check *c, const ASN1_TIME *moment);

/* Decoded base64 on `life`; NULL when it is none. */
const uint8_t *verify_base64(TALLOC_CTX *life, const char *text, size_t *length);
#endif
