# Ordered logit with plain and clustered errors on the wine data of package ordinal; writes ordinal.json.
# Rscript tests/reference/models/ordinal.R tests/reference/models
suppressPackageStartupMessages({library(jsonlite); library(ordinal); library(sandwich)})
folder <- commandArgs(trailingOnly = TRUE)[1]
write.csv(data.frame(rating = as.integer(wine$rating), temp = as.character(wine$temp),
                     contact = as.character(wine$contact), judge = as.character(wine$judge)),
          file.path(folder, "data", "wine.csv"), row.names = FALSE)
fit <- clm(rating ~ temp + contact, data = wine, control = clm.control(gradTol = 1e-12))
J <- length(fit$alpha)
back <- c(J + seq_along(fit$beta), seq_len(J))
V <- vcov(fit)[back, back]
CL <- vcovCL(fit, cluster = wine$judge, type = "HC1")[back, back]
write_json(list(r = R.version.string, ordinal = as.character(packageVersion("ordinal")),
                sandwich = as.character(packageVersion("sandwich")),
                theta = unname(coef(fit)[back]), loglik = as.numeric(logLik(fit)),
                model = unname(sqrt(diag(V))), CR1 = unname(sqrt(diag(CL)))),
           file.path(folder, "ordinal.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
