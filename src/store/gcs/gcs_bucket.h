// GcsBucket: a bucket of Google Cloud Storage, by its JSON API. Facts: Cloud Storage JSON API reference, "Objects".
#pragma once

#include <memory>
#include <string>

#include "store/bucket/bucket.h"
#include "store/gcs/uploading.h"
#include "store/gcs/wire.h"

namespace dmw::store::gcs {

class GcsBucket final : public bucket::Bucket {
 public:
  /// `name`: is_bucket_name().
  GcsBucket(std::unique_ptr<Wire> wire, std::string name, UploadSizes sizes);

  Result<bucket::Standing> upload(const bucket::Upload& upload, bucket::Attempts& attempts) override;
  Result<bucket::Standing> stat(const std::string& name, bucket::Attempts& attempts) override;
  Result<> read(const bucket::Reading& reading, const std::function<Result<>(const bucket::ReadHead&)>& head,
                const ByteSink& sink, bucket::Attempts& attempts) override;
  Result<> remove(const std::string& name, bucket::Attempts& attempts) override;
  Result<bucket::Page> list(const std::string& prefix, const std::string& page, bucket::Attempts& attempts) override;
  std::string uri(std::string_view name) const override;

 private:
  std::string object_path(std::string_view name) const;

  const std::unique_ptr<Wire> wire_;
  const std::string name_;
  const UploadSizes sizes_;
};

/// 3 to 222 of [a-z0-9._-], a letter or digit at both ends. Facts: Cloud Storage, "Bucket names".
bool is_bucket_name(std::string_view name);

}  // namespace dmw::store::gcs
